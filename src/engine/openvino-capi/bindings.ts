/**
 * The functions of libopenvino_c that are used, one a line; nothing else happens here. A handle is a bigint; an
 * out-parameter is a typed array of one slot. Shapes go by value. Every function that can fail returns an ov_status_e.
 *
 * Never declared: callbacks and `.async` calls. A worker that ends while native code holds a callback aborts the
 * process.
 * @see https://docs.openvino.ai/2026/api/c_cpp_api/group__ov__c__api.html
 */
import koffi from 'koffi';

export type Handle = bigint;
/** Receives one handle, pointer or size. */
export type Slot = BigUint64Array;
export type Status = number;

interface Shape {
  readonly rank: number;
  readonly dims: BigInt64Array;
}
interface PartialShape {
  readonly rank: { readonly min: number; readonly max: number };
  /** Pairs of min, max; max -1 stands for "no limit". */
  readonly dims: BigInt64Array;
}
/** Variadic C strings: koffi wants each preceded by its type. */
type Properties = readonly string[];

/** RTLD_NOW | RTLD_NODELETE. */
const PINNED = 0x1002;

koffi.struct('ov_shape_t', { rank: 'int64_t', dims: 'void *' });
koffi.struct('ov_dimension_t', { min: 'int64_t', max: 'int64_t' });
koffi.struct('ov_partial_shape_t', { rank: 'ov_dimension_t', dims: 'void *' });

type Free = (handle: Handle) => void;
type FreeStruct = (struct: Slot) => void;
type Get = (owner: Handle, out: Slot) => Status;
type GetAt = (owner: Handle, index: number, out: Slot) => Status;
type GetNumber = (owner: Handle, out: Int32Array) => Status;
type GetNamed = (owner: Handle, key: string, out: Slot) => Status;
type SetNumber = (owner: Handle, value: number) => Status;
type SetProperty = (core: Handle, device: string, ...property: Properties) => Status;
type Read = (core: Handle, path: string, weights: string | null, out: Slot) => Status;
type Compile = (c: Handle, model: Handle, device: string, args: number, out: Slot, ...properties: Properties) => Status;
type Reshape = (model: Handle, shape: PartialShape) => Status;
type MakeTensor = (type: number, shape: Shape, out: Slot) => Status;
type WrapTensor = (type: number, shape: Shape, data: ArrayBufferView, out: Slot) => Status;
type SetTensorAt = (request: Handle, index: number, tensor: Handle) => Status;

export type OpenVino = ReturnType<typeof bind>;

/**
 * Loads the library at this absolute path, for the life of the process: unloading one that has threads of its own
 * crashes.
 * @throws {Error} when it does not load or lacks a function
 */
export function bind(path: string) {
  const lib = koffi.load(path);
  koffi.load(null).func('void *dlopen(str path, int flags)')(path, PINNED);
  const f = <T>(prototype: string): T => lib.func(prototype) as unknown as T;
  return {
    getVersion: f<(out: Slot) => Status>('int ov_get_openvino_version(void *out)'),
    versionFree: f<FreeStruct>('void ov_version_free(void *version)'),
    getLastErrMsg: f<() => Handle | null>('void *ov_get_last_err_msg()'),
    free: f<Free>('void ov_free(void *text)'),

    coreCreate: f<(out: Slot) => Status>('int ov_core_create(void *out)'),
    coreFree: f<Free>('void ov_core_free(void *core)'),
    coreGetAvailableDevices: f<Get>('int ov_core_get_available_devices(void *core, void *out)'),
    availableDevicesFree: f<FreeStruct>('void ov_available_devices_free(void *devices)'),
    coreSetProperty: f<SetProperty>('int ov_core_set_property(void *core, str device, ...)'),
    coreReadModel: f<Read>('int ov_core_read_model(void *core, str path, str weights, void *out)'),
    coreCompileModel: f<Compile>(
      'int ov_core_compile_model(void *core, void *model, str device, size_t args, void *out, ...)',
    ),

    modelFree: f<Free>('void ov_model_free(void *model)'),
    modelInputsSize: f<Get>('int ov_model_inputs_size(void *model, void *out)'),
    modelOutputsSize: f<Get>('int ov_model_outputs_size(void *model, void *out)'),
    modelInputByIndex: f<GetAt>('int ov_model_const_input_by_index(void *model, size_t index, void *out)'),
    modelOutputByIndex: f<GetAt>('int ov_model_const_output_by_index(void *model, size_t index, void *out)'),
    modelOutputByName: f<GetNamed>('int ov_model_const_output_by_name(void *model, str name, void *out)'),
    modelReshapeSingleInput: f<Reshape>('int ov_model_reshape_single_input(void *model, ov_partial_shape_t shape)'),

    preprocessCreate: f<Get>('int ov_preprocess_prepostprocessor_create(void *model, void *out)'),
    preprocessInputInfo: f<GetAt>(
      'int ov_preprocess_prepostprocessor_get_input_info_by_index(void *preprocess, size_t index, void *out)',
    ),
    preprocessInputTensorInfo: f<Get>('int ov_preprocess_input_info_get_tensor_info(void *input, void *out)'),
    preprocessSetInputType: f<SetNumber>(
      'int ov_preprocess_input_tensor_info_set_element_type(void *tensor, int type)',
    ),
    preprocessInputTensorFree: f<Free>('void ov_preprocess_input_tensor_info_free(void *tensor)'),
    preprocessInputFree: f<Free>('void ov_preprocess_input_info_free(void *input)'),
    preprocessOutputInfo: f<GetAt>(
      'int ov_preprocess_prepostprocessor_get_output_info_by_index(void *preprocess, size_t index, void *out)',
    ),
    preprocessOutputTensorInfo: f<Get>('int ov_preprocess_output_info_get_tensor_info(void *output, void *out)'),
    preprocessSetOutputType: f<SetNumber>('int ov_preprocess_output_set_element_type(void *tensor, int type)'),
    preprocessOutputTensorFree: f<Free>('void ov_preprocess_output_tensor_info_free(void *tensor)'),
    preprocessOutputFree: f<Free>('void ov_preprocess_output_info_free(void *output)'),
    preprocessBuild: f<Get>('int ov_preprocess_prepostprocessor_build(void *preprocess, void *out)'),
    preprocessFree: f<Free>('void ov_preprocess_prepostprocessor_free(void *preprocess)'),

    portGetAnyName: f<Get>('int ov_port_get_any_name(void *port, void *out)'),
    portGetElementType: f<GetNumber>('int ov_port_get_element_type(void *port, void *out)'),
    portGetPartialShape: f<Get>('int ov_port_get_partial_shape(void *port, void *out)'),
    partialShapeFree: f<FreeStruct>('void ov_partial_shape_free(void *shape)'),
    portFree: f<Free>('void ov_output_const_port_free(void *port)'),

    compiledModelInputsSize: f<Get>('int ov_compiled_model_inputs_size(void *compiled, void *out)'),
    compiledModelOutputsSize: f<Get>('int ov_compiled_model_outputs_size(void *compiled, void *out)'),
    compiledModelInputByIndex: f<GetAt>(
      'int ov_compiled_model_input_by_index(void *compiled, size_t index, void *out)',
    ),
    compiledModelOutputByIndex: f<GetAt>(
      'int ov_compiled_model_output_by_index(void *compiled, size_t index, void *out)',
    ),
    compiledModelGetProperty: f<GetNamed>('int ov_compiled_model_get_property(void *compiled, str key, void *out)'),
    compiledModelCreateInferRequest: f<Get>('int ov_compiled_model_create_infer_request(void *compiled, void *out)'),
    compiledModelFree: f<Free>('void ov_compiled_model_free(void *compiled)'),

    tensorCreate: f<MakeTensor>('int ov_tensor_create(int type, ov_shape_t shape, void *out)'),
    tensorCreateFromHostPtr: f<WrapTensor>(
      'int ov_tensor_create_from_host_ptr(int type, ov_shape_t shape, void *data, void *out)',
    ),
    tensorGetByteSize: f<Get>('int ov_tensor_get_byte_size(void *tensor, void *out)'),
    tensorGetSize: f<Get>('int ov_tensor_get_size(void *tensor, void *out)'),
    tensorData: f<Get>('int ov_tensor_data(void *tensor, void *out)'),
    tensorFree: f<Free>('void ov_tensor_free(void *tensor)'),

    requestSetInputTensor: f<SetTensorAt>(
      'int ov_infer_request_set_input_tensor_by_index(void *request, size_t index, void *tensor)',
    ),
    requestSetOutputTensor: f<SetTensorAt>(
      'int ov_infer_request_set_output_tensor_by_index(void *request, size_t index, void *tensor)',
    ),
    requestGetOutputTensor: f<GetAt>(
      'int ov_infer_request_get_output_tensor_by_index(void *request, size_t index, void *out)',
    ),
    requestInfer: f<(request: Handle) => Status>('int ov_infer_request_infer(void *request)'),
    requestFree: f<Free>('void ov_infer_request_free(void *request)'),
  };
}

/** The C string at an address. */
export function readString(address: bigint): string {
  return koffi.decode.string(address);
}

/** `count` 64-bit numbers at an address, copied. */
export function readInt64s(address: bigint, count: number): bigint[] {
  if (count === 0) return [];
  return Array.from(koffi.decode(address, 'int64_t', count) as Iterable<number | bigint>, (value) => BigInt(value));
}

/** Fills `out` with the bytes at an address. */
export function readBytes(address: bigint, out: ArrayBufferView): void {
  const bytes = new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
  bytes.set(new Uint8Array(koffi.view(address, bytes.length)));
}
